"""What people draw in annotation tools, turned into boxes and masks: the part that such formats have in common."""
