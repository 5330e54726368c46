"""Programs that benchmarks start as processes of their own.

``first_result_*.py`` are scripts as a user would write them, one an engine; ``bench_startup.py`` times them from
outside.
"""
