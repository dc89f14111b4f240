"""Acting for someone: the screens on which a mandate is given, used, told and taken back.

Mandates are identity's; what one does under them is told by cases and messaging, hence this floor. A package of its
own: the acts of ``operations``, the words of ``wording``, the telling of ``telling``, and two sets of screens.
"""
