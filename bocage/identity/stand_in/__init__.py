"""« FranceConnect de démonstration » and « ProConnect de démonstration »: stand-ins that speak the same dialect.

They exist in the demonstration and in the tests only: invented people, ES256, a signed userinfo, one-time codes, the
refusals and failures of the real ones. Nothing is kept: codes and tokens carry what they stand for, sealed.
"""
