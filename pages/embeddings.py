"""How near are the vectors of two tokens, and what does that nearness mean?"""
