"""The models of the Django party: imported once Django is set up."""

from django.db import models


class Author(models.Model):
    """The table that is referred to."""

    id = models.BigAutoField(primary_key=True)
    name = models.TextField()
    age = models.BigIntegerField()

    class Meta:
        app_label = "benchmarks"
        db_table = "author"
        managed = False


class Book(models.Model):
    """The table that refers."""

    id = models.BigAutoField(primary_key=True)
    title = models.TextField()
    price = models.FloatField()
    author = models.ForeignKey(Author, models.CASCADE)

    class Meta:
        app_label = "benchmarks"
        db_table = "book"
        managed = False
