"""What leaves and what may enter. Every field is named; output is read-only, input is a serializer of its own."""
