"""Reasons that the year gives for what goes wrong; each says that it is an example."""

SPOILT = "Abîmé à l'arrivée (exemple)"
TOO_OLD = "Date dépassée ou trop mûr (exemple)"
COLD = "Rupture du froid relevée pendant la nuit (exemple)"
COLD_FINE = "Température à cœur contrôlée : conforme (exemple)"
DESTROYED = "Détruit après la rupture du froid (exemple)"
RECALL = "Rappel du fournisseur : corps étranger (exemple)"
RECALLED = "Retiré et détruit après le rappel (exemple)"
