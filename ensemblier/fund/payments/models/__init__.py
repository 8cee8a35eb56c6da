"""What exists: payments and their returns, bank accounts, transfer files, traces of Chorus."""

from ensemblier.fund.payments.models.accounts import BankAccount, BankAccountQuerySet
from ensemblier.fund.payments.models.chorus import ChorusImport, ChorusTrace
from ensemblier.fund.payments.models.payment import Payment, RecoveryClaim, Refund, Return
from ensemblier.fund.payments.models.transfers import BankReport, PaymentFile, PaymentOrder

__all__ = [
    "BankAccount",
    "BankAccountQuerySet",
    "BankReport",
    "ChorusImport",
    "ChorusTrace",
    "Payment",
    "PaymentFile",
    "PaymentOrder",
    "RecoveryClaim",
    "Refund",
    "Return",
]
