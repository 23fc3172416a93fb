"""Who may do what: API keys, owners and shares of campaigns, and the audit log."""
