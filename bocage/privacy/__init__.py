"""Privacy: one's data exported and erased, retention, the register of processing, who looked, breaches.

It iterates over the manifests and knows no app above messaging by name (docs/developers/privacy.md).
"""
