"""Named expectations: the gate on deliveries and the audit of what may be published."""
