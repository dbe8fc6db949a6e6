// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// QProcess of Qt 5.
#include "serve.hpp"

#include <QCoreApplication>
#include <QProcess>

namespace {

QString program_of(bench::Command const& command)
{
    return QString::fromStdString(command.front());
}

QStringList arguments_of(bench::Command const& command)
{
    QStringList arguments;
    for (std::size_t i = 1; i < command.size(); ++i)
        arguments.append(QString::fromStdString(command[i]));
    return arguments;
}

void spawn(bench::Command const& command)
{
    bench::expect_success(
        QProcess::execute(program_of(command), arguments_of(command)) == 0);
}

std::size_t read(bench::Command const& command)
{
    QProcess child;
    child.start(program_of(command), arguments_of(command));
    if (!child.waitForFinished(-1))
        throw std::runtime_error(child.errorString().toStdString());
    bench::expect_success(child.exitStatus() == QProcess::NormalExit
                          && child.exitCode() == 0);
    QByteArray const out = child.readAllStandardOutput();
    return static_cast<std::size_t>(out.size());
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication const application(argc, argv);
    return bench::serve(argc, argv, {spawn, read});
}
