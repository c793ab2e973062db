"""The library's database: tables, connections, migrations. Knows neither Redis nor HTTP."""
