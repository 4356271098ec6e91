"""HTTP: the endpoint of call statistics and those beside it, their description, and the pages.

`app.create_app` is given everything it needs as a `Backend`; nothing here opens a store or reads a setting.
"""
