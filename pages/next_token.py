"""Which token comes next, and how sure is the model?"""
