"""The public face: home, its plain-French version, and the pages the law asks for."""
