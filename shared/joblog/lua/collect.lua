-- Hand ended jobs to an archivist: those that another one took and left behind, then new ones.
-- KEYS: ended stream
-- ARGV: consumer group, most jobs, milliseconds after which an entry counts as left behind
-- Answers a flat list: entry, id, entry, id, ...
-- All archivists are one consumer: who took an entry does not matter, only when.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
local collected = {}
local function collect(entries)
  for _, entry in ipairs(entries) do
    if entry and entry[2] then -- Redis 6 names entries that the stream has dropped meanwhile
      table.insert(collected, entry[1])
      table.insert(collected, entry[2][2])
    end
  end
end
collect(redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], 'archivist', ARGV[3], '0-0',
  'COUNT', ARGV[2])[2])
local room = ARGV[2] - #collected / 2
if room > 0 then
  local new = redis.call('XREADGROUP', 'GROUP', ARGV[1], 'archivist', 'COUNT', room,
    'STREAMS', KEYS[1], '>')
  if new then
    collect(new[1][2])
  end
end
return collected
