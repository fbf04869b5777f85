"""Pictures in questions: taken in, re-encoded, kept, and shown only to who may see the question."""
