"""What goes back to the people who send: templates, answers, lists of codes to map."""
