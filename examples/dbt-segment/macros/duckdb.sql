{# The package asks for a partition, which DuckDB has none of. #}
{% macro duckdb__get_partitioned_by(relation, temporary) %}{{ return(none) }}{% endmacro %}
