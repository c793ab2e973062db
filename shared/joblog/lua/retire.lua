-- Take a leaving worker off the list.
-- KEYS: workers, workers' expiry
-- ARGV: worker
redis.call('HDEL', KEYS[1], ARGV[1])
return redis.call('ZREM', KEYS[2], ARGV[1])
