"""Everything that has places: offers, sessions and their pools, registrations and waiting lists, resources and ranges.

The engine of workshops, courses, appointments, rooms, shows and queues. Services speak of it in their own words.
"""
