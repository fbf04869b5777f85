"""缺考 and 违纪: who did not come, who broke the rules, with what evidence and signed by whom."""
