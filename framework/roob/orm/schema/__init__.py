"""Tables as the database has them: what they are, how they differ, how they change.

```
definition        TableDefinition: a table as plain data; CREATE TABLE
literals          a value inside of a definition, where no parameter can stand
inspection        the live tables as the same data; by `pragmas` and `create_text` on
                  SQLite, by `catalog` on PostgreSQL
differences       diff: classes and live tables compared -> Diff, a list of changes
changes           AddColumn, RenameTable and so on: their steps, and what undoes them
rebuild           SQLite's way to change a table: a new one, filled from the old
conversions       how values change their type
migration_files   numbered files, made from a Diff and read again
migrations        Migrations: apply and undo, under a lock, with a history
execution         what the rooms above run statements through
```
"""
