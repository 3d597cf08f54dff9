// SPDX-License-Identifier: GPL-2.0-or-later

//! Scripts that have shells ask here.

use std::io::{self, Write as _};
use std::path::Path;

use clap_complete::Shell;

const BASH: &str = include_str!("hg.bash");
const FISH: &str = include_str!("hg.fish");
const ZSH: &str = include_str!("hg.zsh");

/// Prints a shell's script for `vermilion`, which is at `program`, and for `hg`.
pub(in crate::program) fn print(
    shell: Shell,
    own: &mut clap::Command,
    program: &Path,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(of(shell, own, &program.to_string_lossy()).as_bytes())?;
    out.flush()
}

/// Returns the script; the program is called by its name where it is in `PATH`, else where it is.
fn of(shell: Shell, own: &mut clap::Command, program: &str) -> String {
    let mut generated = Vec::new();
    clap_complete::generate(shell, own, "vermilion", &mut generated);
    let generated = String::from_utf8_lossy(&generated);
    let quoted = format!("'{}'", program.replace('\'', r"'\''"));
    match shell {
        Shell::Zsh => {
            // A function that is loaded when it is first called has the name of its file.
            let body = generated.split_once('\n').map_or("", |(_, body)| body);
            let end = body.rfind("\nif [ \"$funcstack[1]\" ");
            let body = &body[..end.map_or(body.len(), |end| end + 1)];
            let body = body.replacen("\n_vermilion() {", "\n_vermilion_own() {", 1);
            format!(
                "#compdef vermilion hg\n{body}\n{}",
                ZSH.replace("PROGRAM", &quoted)
            )
        }
        Shell::Fish => format!("{generated}\n{}", FISH.replace("PROGRAM", &quoted)),
        _ => format!("{generated}\n{}", BASH.replace("PROGRAM", &quoted)),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::program::own::Own;

    #[test]
    fn the_function_of_zsh_sees_to_both() {
        let script = of(Shell::Zsh, &mut Own::command(), "/it's/here");
        assert!(script.starts_with("#compdef vermilion hg\n"));
        for part in [
            "\n_vermilion_own() {",
            "\n_vermilion() {",
            r"'/it'\''s/here'",
        ] {
            assert_eq!(script.matches(part).count(), 1, "{part}");
        }
        assert_eq!(script.matches("funcstack").count(), 1);
    }
}
