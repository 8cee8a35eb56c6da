"""Django application: frameworks."""

from django.apps import AppConfig


class FrameworksConfig(AppConfig):
    name = "ensemblier.fund.frameworks"
    label = "frameworks"
    verbose_name = "Programmes cadres"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.agreements import ties
        from ensemblier.fund.applications.completeness import extra_gaps
        from ensemblier.fund.applications.content import annexes
        from ensemblier.fund.applications.panels import register_panel
        from ensemblier.fund.frameworks.access import may_read_evidence
        from ensemblier.fund.frameworks.figures import shared_by_class
        from ensemblier.fund.frameworks.freezing import shares_annex
        from ensemblier.fund.frameworks.gaps import framework_gaps
        from ensemblier.fund.frameworks.panels import framework_panel
        from ensemblier.fund.frameworks.spending import PURPOSE

        serve_rule[PURPOSE] = may_read_evidence
        register_panel(framework_panel)
        if framework_gaps not in extra_gaps:
            extra_gaps.append(framework_gaps)
        if shares_annex not in annexes:
            annexes.append(shares_annex)
        if shared_by_class not in ties.shared_out:
            ties.shared_out.append(shared_by_class)
