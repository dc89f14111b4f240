"""Signing in through others: FranceConnect for residents, ProConnect for agents (OpenID Connect, relying party).

A room of its own in identity: ``providers`` (whom we trust, from the environment), ``protocol`` (what goes over the
wire, and every check on what comes back), ``claims`` (what they say of someone), ``views``. The account that an
identity opens is chosen by ``operations.federated``.
"""
