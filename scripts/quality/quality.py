"""Figures of reports on quality, counted again by other people's packages. Prints a line per check."""

import json
import sys
import warnings
from pathlib import Path

import krippendorff
import numpy as np
from datasketch import MinHash, MinHashLSH
from scipy.stats import chisquare
from sklearn.metrics import cohen_kappa_score, normalized_mutual_info_score

warnings.filterwarnings("ignore")
figures = json.loads((Path(sys.argv[1]) / "figures.json").read_text())


def check(name, problems):
    wrong = [each for each in problems if each]
    print(json.dumps({"client": "quality", "check": name, "why": repr(wrong[:2])[:300] if wrong else None}))


def differs(ours, theirs):
    if ours is None:
        return not (theirs is None or np.isnan(theirs))
    return theirs is None or not np.isclose(ours, theirs, rtol=1e-9, atol=1e-12)


def kappa_of(case, weights):
    both = [row for row in case["rows"] if None not in row]
    a, b = zip(*both)
    return cohen_kappa_score(a, b, weights=weights, labels=case["found"]["labels"])


def agreement():
    for level in ("nominal", "ordinal", "interval"):
        problems = []
        for case in figures["agreement"]:
            if case["level"] != level:
                continue
            found = case["found"]
            values = np.array([[np.nan if v is None else v for v in row] for row in case["rows"]], float).T
            alpha = krippendorff.alpha(values, level_of_measurement=level)
            if differs(found["alpha"], alpha):
                problems.append(("alpha", found["alpha"], alpha))
            if len(case["rows"][0]) > 2:
                continue
            if differs(found["kappa"], kappa_of(case, None)):
                problems.append(("kappa", found["kappa"], kappa_of(case, None)))
            if level == "ordinal" and differs(found["kappa_quadratic"], kappa_of(case, "quadratic")):
                problems.append(("quadratic", found["kappa_quadratic"], kappa_of(case, "quadratic")))
        check(f"kappa and alpha, {level}", problems)


def coverage():
    problems = []
    for case in figures["coverage"]:
        categories = case["requested"]["categories"]
        got = [each["rows"] for each in categories]
        p = chisquare(got, [each["requested"] * sum(got) for each in categories]).pvalue
        a, b = zip(*case["pairs"])
        shared = normalized_mutual_info_score(a, b)
        problems.append(differs(case["requested"]["p_value"], p) and ("p", p, case["requested"]["p_value"]))
        problems.append(differs(case["cross"]["mutual_information"], shared) and ("nmi", shared))
    check("chi-squared test and mutual information", problems)


def grams(text, size):
    words = text.split()
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def near_by_exact_join(case):
    threshold, kept, seen, problems = case["threshold"], [], {}, []
    sets = [grams(text, 3) for text in case["texts"]]
    for at, text in enumerate(case["texts"]):
        ours = case["found"][at]
        if text in seen:
            problems.append((ours or {}).get("kind") != "equal" and (at, "equal", ours))
            continue
        seen[text] = at
        best, like = 0, None
        for other in kept:
            similarity = len(sets[at] & sets[other]) / len(sets[at] | sets[other])
            if similarity > best:
                best, like = similarity, other
        if best >= threshold:
            right = ours is not None and ours["like"] == like and ours["similarity"] == best
            problems.append(not right and (at, like, best, ours))
        else:
            kept.append(at)
            problems.append(ours is not None and (at, best, ours))
    return problems


def near_by_datasketch(case):
    """Every pair that datasketch proposes and that reaches the threshold has its later text among our duplicates."""
    lsh = MinHashLSH(threshold=case["threshold"], num_perm=128)
    sets = [grams(text, 3) for text in case["texts"]]
    problems = []
    for at, own in enumerate(sets):
        minhash = MinHash(num_perm=128)
        for gram in own:
            minhash.update(" ".join(gram).encode())
        ours = case["found"][at]
        for other in lsh.query(minhash):
            similarity = len(own & sets[other]) / len(own | sets[other])
            problems.append(similarity >= case["threshold"] and ours is None and (at, other, similarity))
        if ours is None:
            lsh.insert(at, minhash)
    return problems


def contamination():
    for case in figures["contamination"]:
        size, problems = case["ngram"], []
        wanted = [(prompt, grams(prompt, size)) for prompt in case["prompts"]]
        for text, ours in zip(case["texts"], case["found"]):
            here, best, found = grams(text, size), 0, None
            for at, (prompt, each) in enumerate(wanted):
                whole = prompt == text or (not each and f" {prompt} " in f" {text} ")
                share = 1 if whole else len(each & here) / max(1, len(each))
                if share >= case["containment"] and share > best:
                    best, found = share, at
            problems.append((ours or {}).get("prompt") != found and (text, found, ours))
        check(f"contamination, {size} words, {case['containment']}", problems)


def diversity():
    case = figures["diversity"]
    problems = []
    for size in (1, 2, 3):
        all_grams = [tuple(w[at : at + size]) for w in map(str.split, case["texts"]) for at in range(len(w) - size + 1)]
        share = len(set(all_grams)) / len(all_grams)
        problems.append(differs(case["found"][f"distinct_{size}"], share) and (size, share))
    lengths = [len(text) for text in case["texts"]]
    ours = case["found"]["characters"]
    problems.append(differs(ours["median"], np.median(lengths)) and "median")
    problems.append(differs(ours["p95"], np.quantile(lengths, 0.95, method="inverted_cdf")) and "p95")
    check("distinct n-grams and lengths", problems)


agreement()
coverage()
for each in figures["near"]:
    check(f"near-duplicates at {each['threshold']}, exact join", near_by_exact_join(each))
    check(f"near-duplicates at {each['threshold']}, datasketch misses nothing of ours", near_by_datasketch(each))
contamination()
diversity()
