"""What investigations reads from the lake: sessions and their texts, and one id or address looked up."""
