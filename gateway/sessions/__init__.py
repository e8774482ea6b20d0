"""Stored dialogs.

    errors     every way a session can refuse or fail a turn
    store      reading, listing, exporting, deleting
    places     a turn's place in its session: taken before it, stored or given back after it
    place      what a turn is stored with, and its place
    turn_rows  the transactions below that
    leases     one turn at a time in a session, whichever gateway runs it
    room       how many sessions a caller may still begin
    expiry     deleting what is old
    titles     what a session is called in a list
    routes     all of it over HTTP

Does not cover: the database itself (gateway.database), or which turns the model sees
(gateway.context).
"""
