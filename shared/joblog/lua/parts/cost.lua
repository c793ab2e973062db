-- What a job is expected to cost, in tokens written. A token of the prompt counts as half of one, as
-- in the paper; here, too, reading one took about half as long as writing one (0.8 and 1.5 ms).
local PROMPT_WEIGHT = 0.5

-- Learnt of the model's finished stories: tokens written, and what a prompt cost; nil if of none.
local function learnt(statistics)
  local sums = redis.call('HMGET', statistics, 'stories', 'tokens', 'prompt_tokens')
  local stories = tonumber(sums[1] or 0)
  if stories > 0 then
    return math.ceil(sums[2] / stories), math.ceil(PROMPT_WEIGHT * (sums[3] or 0) / stories)
  end
end

-- The share of its budget that a story used on average; 1 while nothing is learnt.
local function share_used(statistics)
  local sums = redis.call('HMGET', statistics, 'sized', 'shares')
  local sized = tonumber(sums[1] or 0)
  return sized > 0 and sums[2] / (1000 * sized) or 1
end

-- Tokens that a story of this budget is yet expected to write.
local function expected_left(share, budget, count)
  return math.max(1, share * (tonumber(budget) or 0) - (tonumber(count) or 0))
end

-- Of a job that can have `left` more tokens; a story that was begun is read again at no charge.
local function expected_cost(statistics, left, is_begun)
  local written, prompt = learnt(statistics)
  return math.max(1, math.min(left, written or left)) + (is_begun and 0 or prompt or 0)
end
