"""Edit distance of two words, plain Python."""


def edit_distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        left = i
        for j, y in enumerate(b, 1):
            cost = previous[j - 1]
            if x != y:
                if previous[j] < cost:
                    cost = previous[j]
                if left < cost:
                    cost = left
                cost += 1
            current.append(cost)
            left = cost
        previous = current
    return left
