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

-- Budgets up to the next power of two are of a kind: short ones are used up, long ones seldom are.
local function kind_of(budget)
  return math.ceil(math.log(math.max(1, budget)) / math.log(2) - 1e-9)
end

-- Tokens that a story of this budget is yet expected to write: the share that finished ones of its
-- kind used on average, and all while nothing is learnt of them. `shares` keeps what was looked up.
local function expected_left(statistics, shares, budget, count)
  budget = tonumber(budget) or 0
  local kind = kind_of(budget)
  if not shares[kind] then
    local sums = redis.call('HMGET', statistics, 'sized:' .. kind, 'shares:' .. kind)
    local sized = tonumber(sums[1] or 0)
    shares[kind] = sized > 0 and sums[2] / (1000 * sized) or 1
  end
  return math.max(1, shares[kind] * budget - (tonumber(count) or 0))
end

-- Of a job that can have `left` more tokens; a story that was begun is read again at no charge.
local function expected_cost(statistics, left, is_begun)
  local written, prompt = learnt(statistics)
  return math.max(1, math.min(left, written or left)) + (is_begun and 0 or prompt or 0)
end
