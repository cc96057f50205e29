"""The object-relational mapper: from a class to a table, from a row to an object.

A call passes these rooms on its way down, and a record passes them back:

```
db_factory    DatabaseFactory: which database
database      Database: save, get_all, get_by_id, update, delete, transaction
query         plan_of once for each table, then Statement(sql, params)
table         the schema that a class collected; the row that holds the values
column        the check of each value
dialects      names quoted, values encoded for the database
sqlite        SqliteConnection: the statement runs, errors are translated
```
"""
