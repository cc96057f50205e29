#!/usr/bin/env python3
"""The app behind a web server that speaks CGI: one process for each request."""

from wsgiref.handlers import CGIHandler

from dispatcher import app

CGIHandler().run(app)
