-- Who said who they are on the second day is known on the first as well.
select sessions.session_id
from {{ ref('segment_web_sessions') }} as sessions
join {{ source('segment', 'identifies') }} as told on told.anonymous_id = sessions.anonymous_id
where sessions.blended_user_id is distinct from told.user_id
