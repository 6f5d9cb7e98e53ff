"""Where readings come from. Each module holds one `parts.Sensors` or one driver."""
