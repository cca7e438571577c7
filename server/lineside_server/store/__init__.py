"""The only room that speaks SQL: runs, journal, sealed chunks and events in one database."""
