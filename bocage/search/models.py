"""Tables of the two indexes and of the vocabulary.

Each index has one text, made by ``bocage.search.text``; ``bocage.search.schema`` hangs FTS5 or a tsvector on it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One public thing in the index: what ``SearchItem`` says, and its tokens."""

    source = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=250)
    url = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    title_tokens = models.TextField()
    tokens = models.TextField()
    boost = models.FloatField(default=1.0)
    commune = models.CharField(max_length=5, blank=True)
    updated = models.DateTimeField()

    class Meta:
        verbose_name = _("entrée de la recherche")
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="entry_once")]

    def __str__(self) -> str:
        return self.title


class Word(models.Model):
    """A word that the public index holds, folded, and in how many entries: what a typing mistake is corrected to."""

    word = models.CharField(max_length=40, unique=True)
    frequency = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.word


class WordGram(models.Model):
    """Three letters in a row of a word, its edges included: how the neighbours of a mistyped word are found."""

    gram = models.CharField(max_length=3)
    word = models.ForeignKey(Word, models.CASCADE, related_name="grams", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "gram"], name="wordgram_once")]
        indexes = [models.Index(fields=["gram", "word"], name="wordgram_gram")]

    def __str__(self) -> str:
        return self.gram


class CaseEntry(models.Model):
    """The text of one case, for agents, with the columns that bound what they see.

    It repeats ids without foreign keys: this app stands below those that own them. It never holds sealed values.
    """

    case_id = models.BigIntegerField(primary_key=True)
    service = models.CharField(max_length=60)
    commune_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    tokens = models.TextField()

    class Meta:
        verbose_name = _("dossier dans la recherche")
        indexes = [
            models.Index(fields=["service", "commune_id"], name="caseentry_scope"),
            models.Index(fields=["organisation_id"], name="caseentry_organisation"),
        ]

    def __str__(self) -> str:
        return str(self.case_id)
