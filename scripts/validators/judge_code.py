"""Verdicts of compilers on the syntax of code: reads {language, code} as JSON lines, writes {compiler: verdict} for each."""
import ast, json, os, re, subprocess, sys, tempfile, warnings

warnings.simplefilter("ignore")
folder = tempfile.mkdtemp()
java = """
import javax.tools.*; import com.sun.source.util.*; import java.util.*; import java.net.URI; import java.nio.file.*;
class Parse { public static void main(String[] a) throws Exception {
  for (String f : a) { String s = Files.readString(Path.of(f)); var d = new DiagnosticCollector<JavaFileObject>();
    var o = new SimpleJavaFileObject(URI.create("string:///A.java"), JavaFileObject.Kind.SOURCE) { public CharSequence getCharContent(boolean i) { return s; } };
    var p = List.of("--enable-preview", "--release", "" + Runtime.version().feature());
    var t = (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, d, p, null, List.of(o)); t.parse();
    System.out.println(d.getDiagnostics().stream().noneMatch(x -> x.getKind() == Diagnostic.Kind.ERROR)); } } }
"""


def run(command, code):
    return subprocess.run(command, input=code.encode(), capture_output=True)


def accepts(command, code):
    return run(command, code).returncode == 0


class Clang:
    """Clang says of each error whether it is one of parsing; names that nobody declared are another matter."""

    languages = {"c": ("c", "gnu17", ["stdio.h", "stdlib.h", "string.h", "stddef.h"]), "cpp": ("c++", "c++20", ["vector", "map", "set", "unordered_map", "string", "iostream", "functional", "memory", "algorithm", "optional", "utility", "chrono", "filesystem", "fstream", "sstream", "mutex", "thread", "queue", "variant", "ranges", "coroutine", "concepts", "tuple", "stdexcept", "string_view"])}

    def __init__(self, language):
        import clang.cindex as cindex

        self.cindex, self.index = cindex, cindex.Index.create()
        self.name, standard, headers = self.languages[language]
        builtin = subprocess.run(["gcc", "-print-file-name=include"], capture_output=True, text=True).stdout.strip()
        self.args = ["-x", self.name, f"-std={standard}", "-isystem", builtin, "-ferror-limit=0"]
        prelude = self.index.parse("prelude.h", [*self.args, "-x", self.name + "-header"], [("prelude.h", "".join(f"#include <{h}>\n" for h in headers))], 2)
        self.known = os.path.join(folder, f"{language}.pch")
        prelude.save(self.known)

    def accepts(self, code):
        unit = self.index.parse("code", [*self.args, "-include-pch", self.known], [("code", code)])
        kinds = ("Parse Issue", "Lexical or Preprocessor Issue")
        said = [d for d in unit.diagnostics if d.severity >= 3]
        return not any(d.category_name in kinds or "type specifier" in d.spelling for d in said)


class Gcc:
    """gcc has no such kinds: its words tell."""

    syntax = re.compile(r"expected|stray|missing terminating|unterminated|at end of input|invalid suffix|does not name a type|no type")

    def __init__(self, language):
        name, standard, headers = Clang.languages[language]
        self.name = "gcc" if language == "c" else "g++"
        prelude = os.path.join(folder, f"{language}.h")
        open(prelude, "w").write("".join(f"#include <{h}>\n" for h in headers))
        self.command = [self.name, "-x", name, f"-std={standard}", "-include", prelude, "-fsyntax-only", "-"]
        subprocess.run([self.name, "-x", name + "-header", f"-std={standard}", prelude, "-o", prelude + ".gch"])

    def accepts(self, code):
        lines = run(self.command, code).stderr.decode().splitlines()
        return not any(self.syntax.search(line) for line in lines if "error:" in line)


def by_shellcheck(code):
    done = run(["shellcheck", "-s", "bash", "-S", "error", "-f", "json", "-"], code)
    return not any(1000 <= each["code"] < 2000 for each in json.loads(done.stdout or b"[]"))


def by_cpython(code):
    try:
        ast.parse(code)
        return True
    except (SyntaxError, ValueError):
        return False


compilers = {}


def by_compilers(language, code):
    if language not in compilers:
        compilers[language] = (Clang(language), Gcc(language))
    clang, gcc = compilers[language]
    return {"clang": clang.accepts(code), gcc.name: gcc.accepts(code)}


def by_bash(code):
    """Some of what it complains of leaves its exit code at 0."""
    done = run(["bash", "-n"], code)
    return done.returncode == 0 and done.stderr == b""


def verdict(language, code):
    if language in ("c", "cpp"):
        return by_compilers(language, code)
    if language == "csharp":
        path = os.path.join(folder, "a.cs")
        open(path, "w").write(code)
        return {"mcs": accepts(["mcs", "--parse", "-langversion:7", "-unsafe", path], "")}
    if language == "swift":
        path = os.path.join(folder, "a.swift")
        open(path, "w").write(code)
        return {"swiftc": accepts(["swiftc", "-frontend", "-parse", "-enable-bare-slash-regex", path], "")}
    if language == "bash":
        return {"bash -n": by_bash(code), "shellcheck": by_shellcheck(code)}
    if language == "python":
        return {"CPython": by_cpython(code)}
    commands = {"go": ["gofmt", "-e"], "rust": ["rustfmt", "--edition", "2021"], "ruby": ["ruby", "-c"]}
    return {commands[language][0]: accepts(commands[language], code)} if language in commands else {}


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
