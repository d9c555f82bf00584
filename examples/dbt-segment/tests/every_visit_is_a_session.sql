select sessions from (select count(*) as sessions from {{ ref('segment_web_sessions') }}) as counted
where sessions <> {{ var('expected') }}
