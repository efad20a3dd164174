"""How the bundled models were made, and how to make them again.

    python -m headlight.model.training RECIPE --corpus DIR --out DIR --minutes N

The app never imports this package.
"""
