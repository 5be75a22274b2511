"""What the machine computes and keeps: compile, decide, explain, record, log, verify."""
