"""How does the model know where in the sentence a token stands?"""
