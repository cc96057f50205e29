"""The object-relational mapper: from a class to a table, from a row to an object.

A query passes these rooms on its way down, and its records pass them back:

```
db_factory    DatabaseFactory: which database
database      Database: save, get_by_id, get_all, save_all, transaction, record
selection     Query: where, order_by, limit, include; all, first, count, page
query         Statement(sql, params): one function for each statement
criteria      a condition becomes SQL, its values parameters
joins         what is read at once; the Loader turns records into rows
codecs        a value checked and encoded on its way in, decoded on its way out
runner        the plan of each table, the connection of this thread
connections   Transaction; what a connection is
sqlite        SqliteConnection: the statement runs, errors are translated
postgres      the same over psycopg and its pool
```

What these speak of: `table` (a class, its rows), `column`, `relations` (collections),
`expressions` (conditions as data), `dialects` (each database's words), `exceptions`.
Beside the way stand `unit_of_work`, `waves` (in which order new rows are saved),
`recording` (statements as they run) and `schema` (definitions and migrations).
"""
