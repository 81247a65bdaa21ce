"""The commands: absl flags in, core calls, an exit code out."""
