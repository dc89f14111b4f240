"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import Feed, Job, Manifest, SearchSource

manifest = Manifest(
    name="publishing",
    label="Pages et actualités",
    summary="Pages, actualités et alertes, écrites au bureau.",
    search=(
        SearchSource(name="news", label="Actualités", path="bocage.publishing.queries.news_items", order=40),
        SearchSource(name="pages", label="Pages", path="bocage.publishing.queries.page_items", order=50),
    ),
    open_data=(
        Feed(
            name="news",
            label="Actualités",
            path="bocage.publishing.feeds.current",
            schema="RSS 2.0, /actualites/flux.xml",
            licence="Licence Ouverte 2.0",
        ),
    ),
    jobs=(
        Job(
            name="publishing.schedule",
            path="bocage.publishing.operations.publish_scheduled",
            every=timedelta(minutes=10),
        ),
    ),
    # Pages, pictures and Wagtail's own tables: editors, by what they wrote.
    traces=(
        "publishing.HomePage",
        "publishing.EditorialPage",
        "publishing.NewsIndexPage",
        "publishing.NewsPage",
        "wagtailcore.Page",
        "wagtailcore.Revision",
        "wagtailcore.PageLogEntry",
        "wagtailcore.ModelLogEntry",
        "wagtailcore.PageSubscription",
        "wagtailcore.Comment",
        "wagtailcore.CommentReply",
        "wagtailcore.TaskState",
        "wagtailcore.WorkflowState",
        "wagtailcore.UploadedFile",
        "wagtailcore.APIToken",
        "wagtailadmin.EditingSession",
        "wagtailadmin.FormState",
        "wagtailimages.Image",
        "wagtailimages.Rendition",
        "wagtaildocs.Document",
        "wagtailusers.UserProfile",
    ),
    alerts=("bocage.publishing.queries.alerts",),
    load="bocage.publishing.loading.load",
    load_order=300,
    demo="bocage.publishing.demo.load",
    demo_order=300,
)
