# What the scripts beside it share: options, the JVM, the build. Sourced by them, after they have set `name` (theirs, for
# messages) and `root`, and defined usage().

built=$root/benchmarks/target/quick
stamp=$built/benchmarks.stamp
page=$root/docs/performance.md

die() {
  printf '%s: %s\n' "$name" "$*" >&2
  exit 1
}

# Sets effort (full, quick) and write (write, print), or ends the script.
read_options() {
  local option
  effort=full
  write=
  for option in "$@"; do
    case $option in
      --quick) effort=quick ;;
      --write) write=write ;;
      --no-write) write=print ;;
      --help)
        usage
        exit 0
        ;;
      *)
        printf '%s: unknown option %s\n' "$name" "$option" >&2
        usage >&2
        exit 2
        ;;
    esac
  done
  if [[ -z $write ]]; then
    if [[ $effort == full ]]; then write=write; else write=print; fi
  fi
}

# Sets java: that of JAVA_HOME, as Maven takes it, or else the one on the path.
find_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/java}
  java=${java:-java}
  command -v "$java" >/dev/null ||
    die "no java found: install a JDK 17 or newer, and put it on the PATH or set JAVA_HOME"
}

is_fresh() {
  [[ -f $stamp ]] || return 1
  [[ -z $(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/src/main -newer "$stamp" -print -quit) ]]
}

build_unless_fresh() {
  if is_fresh; then return; fi
  command -v mvn >/dev/null || die "no mvn found: install Maven 3.8.6 or newer, and put it on the PATH"
  mkdir -p "$built"
  echo 'building (the sources are newer than the last build)…' >&2
  # What is written while it builds is newer than this, and is built the next time.
  touch "$stamp.$$"
  if ! (cd "$root" && mvn -B -Dquick -q package -pl benchmarks -am) >"$built/build.log" 2>&1 </dev/null; then
    rm -f "$stamp.$$"
    cat "$built/build.log" >&2
    die 'the build failed; its output is above'
  fi
  mv "$stamp.$$" "$stamp"
}

# Becomes the benchmark: a main class of kit.orchestration.benchmarks, with JVM options before it and arguments after it.
become() {
  exec "$java" -cp "$built/orchestration-benchmarks.jar:$built/lib/*" "$@"
}
