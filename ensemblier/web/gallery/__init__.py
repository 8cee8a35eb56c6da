"""The gallery of components: /composants, and the choice of light or dark."""
