"""What is agreed and what is checked: contracts and expectations."""
