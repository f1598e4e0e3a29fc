"""Stand-ins for the Kubernetes programs, for the practice cluster only. They never start a container."""
