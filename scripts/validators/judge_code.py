"""Verdicts of compilers on the syntax of code: reads {language, code} as JSON lines, writes {compiler: verdict} for each."""
import ast, json, os, re, subprocess, sys, tempfile

folder = tempfile.mkdtemp()
# What compilers say of syntax; names that nobody declared are another matter.
syntax = {
    "c": r"expected|stray|missing terminating|unterminated|at end of input|invalid suffix",
    "cpp": r"expected|stray|missing terminating|unterminated|at end of input|invalid suffix",
}
java = """
import javax.tools.*; import com.sun.source.util.*; import java.util.*; import java.net.URI; import java.nio.file.*;
class Parse { public static void main(String[] a) throws Exception {
  for (String f : a) { String s = Files.readString(Path.of(f)); var d = new DiagnosticCollector<JavaFileObject>();
    var o = new SimpleJavaFileObject(URI.create("string:///A.java"), JavaFileObject.Kind.SOURCE) { public CharSequence getCharContent(boolean i) { return s; } };
    var t = (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, d, List.of(), null, List.of(o)); t.parse();
    System.out.println(d.getDiagnostics().stream().noneMatch(x -> x.getKind() == Diagnostic.Kind.ERROR)); } } }
"""


def run(command, code):
    return subprocess.run(command, input=code, capture_output=True, text=True)


prelude = "".join(f"#include <{name}>\n" for name in ("vector", "map", "string", "iostream", "functional"))


def with_names(language, code):
    plain = re.sub(r"(?m)^\s*#include.*$", "", code)
    return prelude + plain if language == "cpp" and "std::" in plain else plain


def verdict(language, code):
    if language in ("c", "cpp"):
        std = ["gcc", "-std=gnu17", "-x", "c"] if language == "c" else ["g++", "-std=c++20", "-x", "c++"]
        errors = [line for line in run([*std, "-fsyntax-only", "-"], with_names(language, code)).stderr.splitlines() if "error:" in line]
        return {std[0]: not any(re.search(syntax[language], line) for line in errors)}
    if language == "go":
        return {"gofmt": run(["gofmt", "-e"], code).returncode == 0}
    if language == "rust":
        return {"rustfmt": run(["rustfmt", "--edition", "2021"], code).returncode == 0}
    if language == "bash":
        return {"bash -n": run(["bash", "-n"], code).returncode == 0}
    if language == "python":
        try:
            ast.parse(code)
            return {"CPython": True}
        except (SyntaxError, ValueError):
            return {"CPython": False}
    return {}


given = [json.loads(line) for line in sys.stdin]
said = [verdict(each["language"], each["code"]) for each in given]
java_at = [at for at, each in enumerate(given) if each["language"] == "java"]
if java_at:
    source = os.path.join(folder, "Parse.java")
    open(source, "w").write(java)
    files = []
    for at in java_at:
        files.append(os.path.join(folder, f"{at}.txt"))
        open(files[-1], "w").write(given[at]["code"])
    lines = subprocess.run(["java", source, *files], capture_output=True, text=True).stdout.split()
    for at, line in zip(java_at, lines):
        said[at] = {"javac": line == "true"}
for each in said:
    print(json.dumps(each))
