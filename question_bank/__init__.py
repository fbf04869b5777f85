"""Questions, papers, marking, decisions and statistics, without a server: imports neither Flask nor a database."""
