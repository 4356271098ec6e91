"""HTTP: the endpoint of call statistics, its description, and today's table.

`app.create_app` is given everything it needs as a `House`; nothing here opens a store or reads a setting.
"""
