"""Who a person is, what they may do, and where: people, logins, roles, permissions, scopes, guards."""
