"""The lowest floor: registry, journal, outbox, scheduler, expressions, dates, money. Knows no other app."""
